{ echo '<transformer xmlns="urn:tc0c:spec:1">'; yes "<mlp/>" | head -n 5000; } | "$TC0C" check -

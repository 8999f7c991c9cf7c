printf '<a ' | sh -c 'cat; yes "b=\"\"" | head -c 200000' | "$TC0C" check -

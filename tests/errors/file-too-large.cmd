check - < /dev/zero

"""Loads client.key beside client.pem; Python's TLS library refuses a key that is not the certificate's."""

import ssl
import sys

password = None
if sys.argv[1] == "encrypted":
    with open("password", encoding="utf-8") as file:
        password = file.readline().rstrip("\n")
ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain("client.pem", "client.key", password)

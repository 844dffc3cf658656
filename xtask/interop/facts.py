"""What pyca/cryptography reads in certificates: a JSON list of base64 in, a list of facts out."""

import base64
import json
import sys
import warnings

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

USAGES = [
    ("digital_signature", "digitalSignature"),
    ("content_commitment", "contentCommitment"),
    ("key_encipherment", "keyEncipherment"),
    ("data_encipherment", "dataEncipherment"),
    ("key_agreement", "keyAgreement"),
    ("key_cert_sign", "keyCertSign"),
    ("crl_sign", "cRLSign"),
    ("encipher_only", "encipherOnly"),
    ("decipher_only", "decipherOnly"),
]


def extension(certificate, kind):
    try:
        return certificate.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return None


def usages(value):
    found = []
    for attribute, name in USAGES:
        # These two mean something only beside key agreement.
        if attribute in ("encipher_only", "decipher_only") and not value.key_agreement:
            continue
        if getattr(value, attribute):
            found.append(name)
    return found


def facts(der):
    certificate = x509.load_der_x509_certificate(der)
    out = {
        "version": certificate.version.value + 1,
        "serial": "%x" % certificate.serial_number,
        "not_before": int(certificate.not_valid_before_utc.timestamp()),
        "not_after": int(certificate.not_valid_after_utc.timestamp()),
        "subject": certificate.subject.public_bytes().hex(),
        "issuer": certificate.issuer.public_bytes().hex(),
    }
    if certificate.version is not x509.Version.v3:
        # It reads none of them before v3 as we do not.
        return out
    constraints = extension(certificate, x509.BasicConstraints)
    out["ca"] = constraints and constraints.value.ca
    out["critical"] = constraints and constraints.critical
    out["path_length"] = constraints and constraints.value.path_length
    usage = extension(certificate, x509.KeyUsage)
    out["key_usage"] = usage and usages(usage.value)
    purposes = extension(certificate, x509.ExtendedKeyUsage)
    out["client_auth"] = purposes and ExtendedKeyUsageOID.CLIENT_AUTH in purposes.value
    out["server_auth"] = purposes and ExtendedKeyUsageOID.SERVER_AUTH in purposes.value
    names = extension(certificate, x509.SubjectAlternativeName)
    out["names"] = len(list(names.value)) if names else 0
    own = extension(certificate, x509.SubjectKeyIdentifier)
    out["subject_key_id"] = own and own.value.digest.hex()
    theirs = extension(certificate, x509.AuthorityKeyIdentifier)
    out["authority_key_id"] = theirs and theirs.value.key_identifier and theirs.value.key_identifier.hex()
    return out


def read(der):
    try:
        return facts(der)
    except Exception as error:  # what it is does not matter: it does not read the certificate
        return {"error": "%s: %s" % (type(error).__name__, error)}


def main():
    warnings.simplefilter("ignore")
    json.dump([read(base64.b64decode(der)) for der in json.load(sys.stdin)], sys.stdout)


main()

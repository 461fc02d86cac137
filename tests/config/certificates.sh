#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the certificates, keys and passwords that configurations in bad/ and good/ name as
# ../certificates/NAME. Usage: certificates.sh FOLDER
set -eu
cd "$1"
umask 077
trap 'status=$?; [ $status -eq 0 ] || cat log >&3; rm -rf log work; exit $status' EXIT
exec 3>&1 >log 2>&1
mkdir -p work
: >work/index
cat >work/ca.conf <<'CONF'
[ca]
default_ca = here
[here]
database = work/index
new_certs_dir = work
rand_serial = yes
unique_subject = no
policy = any
default_md = sha256
[any]
commonName = supplied
CONF

# key NAME [CURVE]
key() {
    openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:${2:-P-256}" -out "$1.key"
}

rsa() {
    openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:$2" -out "$1.key"
}

# sign NAME ISSUER [SUBJECT]: NAME.pem for NAME.key (made where it is missing), of CN=SUBJECT;
# $start, $end, $md and $extensions (a line each) where they are set.
sign() {
    subject=${3:-mail.example}
    [ -e "$1.key" ] || key "$1"
    printf '%b\n' "${extensions:-basicConstraints=CA:FALSE\nsubjectAltName=DNS:$subject}" >work/extensions
    openssl req -new -key "$1.key" -subj "/CN=$subject" -out work/request
    if [ "$1" = "$2" ]; then
        set -- "$1" "$2" -selfsign
    else
        set -- "$1" "$2" -cert "$2.pem"
    fi
    openssl ca -batch -config work/ca.conf "$3" ${4:+"$4"} -keyfile "$2.key" -in work/request -notext \
        -startdate "${start:-20200101000000Z}" -enddate "${end:-20990101000000Z}" \
        -md "${md:-sha256}" -extfile work/extensions -out "$1.pem"
}

authority() {
    extensions="basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign" sign "$1" "$2" "$3"
}

authority root root Root
authority between root Between
start=20200101000000Z end=20210101000000Z authority late-between root "Late between"
start=20200101000000Z end=20210101000000Z authority late-root late-root "Late root"
md=sha1 authority old-root old-root "Old root"

# Authorities with something wrong with each, and two bundles of them.
for_ca="basicConstraints=critical,CA:TRUE\nkeyUsage="
soon=$(date -u -d '+10 days 12 hours' +%Y%m%d%H%M%SZ)
end=$soon authority soon-root soon-root "Soon root"
start=20900101000000Z end=20990101000000Z authority early-root early-root "Early root"
rsa weak-root 1024
authority weak-root weak-root "Weak root"
extensions="${for_ca}digitalSignature" sign idle-root idle-root "Idle root"
extensions="${for_ca}keyCertSign\nextendedKeyUsage=serverAuth" sign servers-root servers-root "Root of servers"
cat root.pem late-root.pem soon-root.pem early-root.pem weak-root.pem idle-root.pem servers-root.pem >roots.pem
cat weak-root.pem idle-root.pem >useless-roots.pem

sign good root
sign other root other.example
extensions="subjectAltName=DNS:*.example,DNS:mail.example" sign wide root "*.example"
sign leaf between
cat leaf.pem between.pem >chain.pem
cat leaf.pem root.pem between.pem >disorder.pem
cat between.pem leaf.pem >reversed.pem
sign under-late-root late-root
cat under-late-root.pem late-root.pem >late-root-chain.pem
sign under-weak-root weak-root
cat under-weak-root.pem weak-root.pem >weak-root-chain.pem
sign late-leaf late-between
cat late-leaf.pem late-between.pem >late-chain.pem
sign old-leaf old-root
cat old-leaf.pem old-root.pem >old-chain.pem
extensions="subjectAltName=DNS:mail.example\nauthorityInfoAccess=caIssuers;URI:http://pki.example/between" \
    sign incomplete between
cat good.pem good.key >together.pem

start=20200101000000Z end=20210101000000Z sign expired root
start=20900101000000Z end=20990101000000Z sign early root
end=$(date -u -d '+10 days 12 hours' +%Y%m%d%H%M%SZ) sign soon root
rsa rsa-1024 1024
sign rsa-1024 root
key ec-224 secp224r1
sign ec-224 root
key brainpool brainpoolP256r1
sign brainpool root
openssl genpkey -algorithm ED25519 -out ed25519.key
sign ed25519 root
md=sha1 sign sha1 root
rsa rsa 2048
rsa rsa-root 2048
sign rsa root
authority rsa-root rsa-root 'RSA root'
md=md5 sign md5 rsa-root
extensions="subjectAltName=DNS:mail.example\nextendedKeyUsage=clientAuth" sign for-clients root
extensions="subjectAltName=DNS:mail.example\nextendedKeyUsage=serverAuth" sign for-servers root
extensions="subjectAltName=DNS:mail.example\nkeyUsage=keyAgreement" sign no-signature root
extensions="subjectAltName=DNS:mail.example\nbasicConstraints=CA:TRUE" sign as-authority root
extensions="basicConstraints=CA:FALSE" sign nameless root
extensions="subjectAltName=email:post@mail.example" sign mail-name root
rsa rsa-4096 4096
sign rsa-4096 root
extensions="subjectAltName=DNS:mail.example$(seq -f ',DNS:a-rather-long-name-%g.example' 1 700 | tr -d '\n')" \
    sign long root

openssl pkey -in good.key -aes256 -passout pass:secret -out locked.key
openssl ec -in good.key -aes128 -passout pass:secret -out locked-old.key
openssl pkey -in good.key -pubout -out public.key
openssl x509 -in good.pem -outform DER -out good.der
echo secret >password
printf 'secret\r\nsecond line\n' >password-crlf
echo other >wrong-password
echo >empty-password
printf "0123456789abcdef\\n" >loop-key
printf "0123456789abcde\\r\\n" >short-loop-key
cp loop-key open-loop-key
cp password open-password
cp good.key open.key
cp together.pem open-together.pem
chmod 644 open-loop-key open-password open.key open-together.pem
printf -- '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n' >broken.pem
printf -- '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n' >broken.key
cat good.pem broken.pem >half.pem
cat root.pem broken.pem >half-root.pem
echo "no certificate" >text
: >empty
mkdir folder
mkfifo pipe

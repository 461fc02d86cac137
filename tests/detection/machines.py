# SPDX-License-Identifier: Apache-2.0
"""What machines write and people paste into mail: logs, dumps, diffs, alerts, tables."""
import figures as f

HOSTS = ["mx1.corp.example", "db-02.internal.example", "web-7f9c.example", "build.example"]


def epoch(rng):
    return int(f.moment(rng).timestamp())


def web_log(rng):
    at = f.moment(rng)
    return [f'{f.ipv4(rng)} - - [{at:%d/%b/%Y:%H:%M:%S} +0000] "GET /item/{f.digits(rng, 9)}?page='
            f'{rng.randrange(90)}&session={f.hexa(rng, 32)} HTTP/1.1" 200 {rng.randrange(99999)} '
            f'"https://shop.example/c/{f.digits(rng, 6)}" "Mozilla/5.0 (X11; Linux x86_64) '
            f'AppleWebKit/537.36 Chrome/{rng.randrange(90, 140)}.0.{rng.randrange(9999)}.{rng.randrange(200)}"'
            for _ in range(rng.randrange(3, 9))]


def app_log(rng):
    lines = []
    for _ in range(rng.randrange(5, 14)):
        at = f.moment(rng)
        lines.append(rng.choice([
            f"{at:%Y-%m-%d %H:%M:%S},{rng.randrange(1000):03} INFO  [worker-{rng.randrange(64)}] "
            f"request_id={f.uuid4(rng)} took {rng.randrange(9000)} ms",
            f"{at:%Y-%m-%dT%H:%M:%S}.{rng.randrange(10**6):06}Z WARN pool: connection {f.digits(rng, 6)} "
            f"to {f.ipv4(rng)}:{rng.randrange(1024, 65535)} timed out after {f.digits(rng, 5)}ms",
            f"{epoch(rng)}{rng.randrange(1000):03} {rng.choice(HOSTS)} kernel: [{f.digits(rng, 7)}."
            f"{f.digits(rng, 6)}] eth0: link up",
            f"{at:%b %d %H:%M:%S} mx1 postfix/smtpd[{rng.randrange(9999)}]: {f.hexa(rng, 10).upper()}: "
            f"client=mail.example[{f.ipv4(rng)}]",
            f"ts={epoch(rng)}.{rng.randrange(10**9):09} level=error trace_id={f.hexa(rng, 32)} "
            f"span_id={f.hexa(rng, 16)} msg=\"deadlock on row {f.digits(rng, 11)}\"",
            f"at com.example.shop.Cart.add(Cart.java:{rng.randrange(900)}) ~[shop-{f.version(rng)}.jar]",
            f"java.lang.IllegalStateException: order {f.digits(rng, 10)} has state {rng.randrange(9)}",
            f"E{rng.randrange(1000):04} 0x{f.hexa(rng, 16)} 0x{f.hexa(rng, 8)} rip:{f.hexa(rng, 12)}",
            f"{epoch(rng) * 1000000000 + rng.randrange(10**9)} seq={f.digits(rng, 13)} offset={f.digits(rng, 12)}",
            f"GC pause {rng.random() * 90:.7f}s heap {f.digits(rng, 10)} -> {f.digits(rng, 9)} bytes",
            f"job {f.digits(rng, 12)} lsn 0/{f.hexa(rng, 8).upper()} xid {f.digits(rng, 9)}",
        ]))
    return lines


def hex_dump(rng):
    lines = []
    for row in range(rng.randrange(4, 14)):
        octets = rng.randbytes(16)
        text = "".join(chr(c) if 32 <= c < 127 else "." for c in octets)
        pairs = " ".join(f"{octets[i]:02x}{octets[i + 1]:02x}" for i in range(0, 16, 2))
        lines.append(f"{row * 16:08x}: {pairs}  {text}" if row % 2 else
                     f"{row * 16:08x}  {octets[:8].hex(' ')}  {octets[8:].hex(' ')}  |{text}|")
    return lines


def git(rng):
    lines = [f"commit {f.hexa(rng, 40)}", f"Merge: {f.hexa(rng, 9)} {f.hexa(rng, 9)}",
             f"Date:   {f.moment(rng):%a %b %d %H:%M:%S %Y} +0200", "",
             f"    Fix #{f.digits(rng, 4)}: rounding of totals", "",
             f"diff --git a/src/total.c b/src/total.c", f"index {f.hexa(rng, 11)}..{f.hexa(rng, 11)} 100644",
             f"@@ -{rng.randrange(900)},7 +{rng.randrange(900)},9 @@ static int total(void)",
             f"-#define SEED 0x{f.hexa(rng, 16)}ULL", f"+#define SEED 0x{f.hexa(rng, 16)}ULL",
             f"+    const char *token = next_token(line);",
             f"+    static const int64_t limits[] = {{{f.digits(rng, 12)}, {f.digits(rng, 16)}, {f.digits(rng, 10)}}};",
             f"+    password = prompt(\"password: \");"]
    for _ in range(rng.randrange(4)):
        lines.append(f" {f.hexa(rng, 64)}  release-{f.version(rng)}.tar.gz")
        lines.append(f'+      "integrity": "sha512-{f.base64_of(rng, 64)}",')
        lines.append(f'+      "resolved": "https://packages.example/lib/-/lib-{f.version(rng)}.tgz",')
    return lines


def alert(rng):
    return [f"[FIRING:{rng.randrange(1, 9)}] HighLatency (pod=api-{f.hexa(rng, 10)}-{f.letters(rng, 5).lower()})",
            f"value: {rng.random() * 1e6:.12f}  threshold: {rng.random() * 1e4:.4f}",
            f"image: registry.example/shop/api@sha256:{f.hexa(rng, 64)}",
            f"container: {f.hexa(rng, 64)}", f"startsAt: {f.moment(rng).isoformat()}",
            f"fingerprint: {f.hexa(rng, 16)}", f"build {f.digits(rng, 9)}, revision {f.hexa(rng, 12)}",
            f"disk: {f.digits(rng, 12)} of {f.digits(rng, 13)} bytes used, inode {f.digits(rng, 9)}",
            f"range: {epoch(rng)}000..{epoch(rng)}999", f"sample {f.digits(rng, 16)} {f.digits(rng, 16)}",
            f"https://grafana.example/d/{f.letters(rng, 9)}/api?from={epoch(rng)}000&to={epoch(rng)}000"]


def table(rng):
    heads = ["Pos", "Artikel", "EAN", "Menge", "Preis", "Auftrag"]
    if rng.random() < 0.6:
        heads = rng.choice([["SKU", "GTIN", "Qty", "Price", "Order", "Batch"],
                            ["Line", "Part no.", "Serial", "Stock", "Cost", "Account"],
                            ["id", "created_at", "amount", "quantity", "reference", "customer_id"]])
    separator = rng.choice(["\t", ";", ",", " | "])
    lines = [separator.join(heads)]
    for i in range(rng.randrange(5, 25)):
        cells = [str(i + 1), f.part_number(rng), rng.choice([f.ean13(rng), f.serial(rng)]),
                 str(rng.randrange(5000)), f"{rng.random() * 9000:.2f}",
                 rng.choice([f.order(rng), f.digits(rng, 10), f.digits(rng, 9), f.digits(rng, 11)])]
        if heads[1] == "created_at":
            cells[1] = str(epoch(rng) * rng.choice([1, 1000]))
        lines.append(separator.join(c.replace(",", "") for c in cells))
    return lines


def forwarded(rng):
    host = rng.choice(HOSTS)
    return ["-----Original Message-----", "From: Sales <sales@one.example>", f"Sent: {f.moment(rng):%A, %B %d, %Y %I:%M %p}",
            "To: Purchasing <purchasing@two.example>", f"Message-ID: {f.message_id(rng, host)}",
            f"References: {f.message_id(rng, host)} {f.message_id(rng, 'mail.example')}",
            f"X-Ticket-Id: {f.digits(rng, 10)}", "",
            f"> Please confirm {f.part_number(rng)}, {rng.randrange(900)} pcs.",
            f"> Our PO {f.order(rng)}; drawing {f.part_number(rng)} rev. C"]


def bounce(rng):
    return ["This is the mail system at host mx1.corp.example.", "",
            f"<nobody@two.example>: host mx.two.example[{f.ipv4(rng)}] said: 550 5.1.1",
            f"    <nobody@two.example>: Recipient address rejected ({f.hexa(rng, 12)}-{f.digits(rng, 10)}) "
            f"[{f.letters(rng, 12)}.prod.example {f.moment(rng).isoformat()} {f.hexa(rng, 16).upper()}]", "",
            "Reporting-MTA: dns; mx1.corp.example", f"X-Postfix-Queue-ID: {f.hexa(rng, 11).upper()}",
            f"Arrival-Date: {f.moment(rng):%a, %d %b %Y %H:%M:%S} +0000 (UTC)",
            f"X-Message-Identity: {f.message_id(rng, 'corp.example')}"]


def xml_report(rng):
    lines = ["<feedback><report_metadata><org_name>mail.example</org_name>",
             f"<report_id>{f.digits(rng, 20)}</report_id><date_range><begin>{epoch(rng)}</begin>"
             f"<end>{epoch(rng)}</end></date_range></report_metadata>"]
    for _ in range(rng.randrange(2, 7)):
        lines.append(f"<record><row><source_ip>{f.ipv4(rng)}</source_ip><count>{rng.randrange(900)}</count>"
                     f"<selector>s{f.digits(rng, 10)}</selector></row></record>")
    return lines + ["</feedback>"]


def json_paste(rng):
    return ["{", f'  "id": "{f.uuid4(rng)}",', f'  "orderId": {f.digits(rng, 12)},',
            f'  "created": {epoch(rng)}{rng.randrange(1000):03},', f'  "etag": "W/\\"{f.hexa(rng, 32)}\\"",',
            f'  "sku": "{f.part_number(rng)}", "gtin": "{f.ean13(rng)}",',
            f'  "cursor": "{f.base64_of(rng, 33)}",', f'  "checksum": "{f.hexa(rng, 64)}",',
            f'  "account": "{f.order(rng)}", "customer": {f.digits(rng, 9)},',
            f'  "lat": {rng.random() * 90:.6f}, "version": "{f.version(rng)}"', "}"]


def build(rng):
    return [f"Pipeline #{f.digits(rng, 9)} passed in {rng.randrange(60)} min", f"Commit: {f.hexa(rng, 8)} on main",
            f"Artifact: app-{f.version(rng)}-{f.digits(rng, 10)}.apk ({f.digits(rng, 8)} bytes)",
            f"SHA-256: {f.hexa(rng, 64)}", f"MD5: {f.hexa(rng, 32)}", f"Coverage {rng.random() * 100:.2f} %",
            f"docker pull registry.example/app:{f.hexa(rng, 12)}", f"Job {f.digits(rng, 11)}, runner {f.digits(rng, 8)}"]


def settings(rng):
    """Where secrets would stand, and none do."""
    lines = ["# copy to .env and fill in", "DB_HOST=db-02.internal.example", "DB_PORT=5432", "DB_USER=shop",
             "DB_PASSWORD=", "DB_PASSWORD=changeme", "SMTP_PASSWORD=${SMTP_PASSWORD}", "API_KEY=your_api_key_here",
             "API_KEY=<insert key>", "SECRET_KEY=********", "password: xxxxxxxx", "token = os.environ[\"API_TOKEN\"]",
             "token: {{ vault_api_token }}", "password: !vault see the wiki", "apiKey: process.env.API_KEY,",
             "\"password\": null, \"token\": \"\",", "secret_name: prod/shop/db", "private_key_path: /etc/ssl/private/mail.key",
             "curl -H \"Authorization: Bearer $TOKEN\" https://api.example/v1/orders", "curl -u \"$USER:$PASSWORD\" https://api.example/",
             "psql postgresql://shop:${DB_PASSWORD}@db-02.internal.example/shop", "git clone https://git.example/shop/api.git",
             "kubectl -n shop get secret db-credentials -o name", "export AWS_PROFILE=shop-prod AWS_REGION=eu-central-1",
             "aws_access_key_id = AKIAXXXXXXXXXXXXXXXX", "ssh deploy@web-7f9c.example -i ~/.ssh/id_ed25519",
             "AWS_SECRET_ACCESS_KEY=<from the vault>", "session.cookie.name=SHOPSESSION", "jwt.issuer=https://login.example/",
             "client_id: " + f.uuid4(rng), "tenant_id: " + f.uuid4(rng), f"subscription: {f.uuid4(rng)}"]
    return rng.sample(lines, rng.randrange(8, 20))


def block(rng, name, octets):
    text = f.base64_of(rng, octets)
    return [f"-----BEGIN {name}-----", *(text[i:i + 64] for i in range(0, len(text), 64)), f"-----END {name}-----"]


def public_keys(rng):
    """What may be known: certificates, public keys, signatures, fingerprints."""
    return rng.choice([
        lambda: block(rng, "CERTIFICATE", 700), lambda: block(rng, "PUBLIC KEY", 290),
        lambda: block(rng, "CERTIFICATE REQUEST", 400), lambda: block(rng, "PGP SIGNATURE", 310),
        lambda: block(rng, "PGP PUBLIC KEY BLOCK", 500),
        lambda: [f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{f.base64_of(rng, 33)[:43]} deploy@build",
                 f"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ{f.base64_of(rng, 280)} backup@db-02"],
        lambda: [f"SHA256:{f.base64_of(rng, 32)[:43]} root@mx1 (ED25519)",
                 f"Fingerprint: {' '.join(f.hexa(rng, 4).upper() for _ in range(10))}",
                 ":".join(f.hexa(rng, 2).upper() for _ in range(32))],
        lambda: [f's{f.digits(rng, 6)}._domainkey IN TXT "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A{f.base64_of(rng, 260)}"',
                 f'_acme-challenge.shop.example. 60 IN TXT "{f.letters(rng, 43, f.UPPER + f.UPPER.lower())}"',
                 f'example. IN TXT "google-site-verification={f.letters(rng, 43, f.UPPER + f.UPPER.lower())}"'],
        lambda: ["[Peer]", f"PublicKey = {f.base64_of(rng, 32)}", "AllowedIPs = 10.8.0.0/24",
                 "Endpoint = vpn.example:51820"],
        lambda: [f"{f.hexa(rng, 32)}  dump-{f.version(rng)}.sql.gz", f"{f.hexa(rng, 40)}  image.iso",
                 f"{f.hexa(rng, 64)}  image.iso", f"{f.hexa(rng, 128)}  image.iso"]])()


ALL = [web_log, app_log, app_log, hex_dump, git, alert, table, table, forwarded, bounce, xml_report,
       json_paste, build, settings, settings,
       public_keys, public_keys]

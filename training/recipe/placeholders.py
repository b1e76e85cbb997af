"""What stands in a scrubbed text in the place of what was taken out."""

EMAIL = "user@example.com"
NAME = "[name]"
TOKEN = "[token]"  # noqa: S105 - this is what stands in a token's place
HEX = "[hex]"
ADDRESS = "[ip]"
PHONE = "[phone]"
CARD = "[number]"

"""A message to a Slack-compatible webhook: Slack, Mattermost, Rocket.Chat and others take the same JSON.

The address of a webhook is its password: no error, log or repr may hold it.
"""

import requests

CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 30.0
_OK = 300


def post(address: str, text: str) -> str:
    """Send a text once; empty if it was taken, else why not, without the address."""
    if not address.startswith(("https://", "http://")):
        return "its address is no http(s) address"
    try:
        answer = requests.post(
            address,
            json={"text": text},
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            allow_redirects=False,
        )
    except requests.RequestException as error:
        return f"it cannot be reached ({type(error).__name__})"
    return "" if answer.status_code < _OK else f"it answered {answer.status_code}"


def harmless(text: str) -> str:
    """Words of strangers as words: no link, no markup, no mention of a channel or a person."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return plain.replace("@", "@\u200b")

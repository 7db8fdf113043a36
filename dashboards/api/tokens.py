"""Who sends a token: its user, narrowed by what the token may do."""

from django.utils import timezone
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from knox.models import get_token_model
from rest_framework.authentication import get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import ApiToken, User
from accounts.operations.tokens import note_use
from dashboards.origin import come_from_token

# The second is the older word of this API.
WORDS = {b"bearer", b"token"}
HOW = "Write the header as: Authorization: Bearer <token>"
UNKNOWN = "This token is not known: it was revoked, or has run out, or was never one."


class ScopedToken(TokenAuthentication):
    """`request.auth` is the token with its scopes; in a browser's session it is None."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() not in WORDS:
            return None
        if len(words) != 2:
            raise AuthenticationFailed(HOW)
        user, token = self.authenticate_credentials(words[1])
        come_from_token(request._request, token)
        return user, token

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        """One query: the library would also look through and delete the user's other tokens."""
        now = timezone.now()
        kept = get_token_model().objects.filter(digest=hash_token(token.decode("latin-1")), expiry__gt=now)
        found = kept.select_related("user", "grant__source").first()
        grant = getattr(found, "grant", None)
        if found is None or grant is None:
            raise AuthenticationFailed(UNKNOWN)
        if not found.user.is_active:
            raise AuthenticationFailed("The user of this token is switched off.")
        note_use(token=grant, at=now)
        return found.user, grant

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

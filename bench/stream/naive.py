"""Events as one would take them in first: Django REST framework, a serializer per event, bulk_create per batch."""

import base64
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import SourceKey
from accounts.operations.sources import digest_of


class NaiveEvent(models.Model):
    """A row per event, unique by source and message id."""

    source_id = models.BigIntegerField()
    message_id = models.CharField(max_length=200)
    type = models.CharField(max_length=10)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    user_id = models.CharField(max_length=200, null=True)  # noqa: DJ001 - as it comes
    anonymous_id = models.CharField(max_length=200, null=True)  # noqa: DJ001
    group_id = models.CharField(max_length=200, null=True)  # noqa: DJ001
    name = models.CharField(max_length=200, null=True)  # noqa: DJ001
    properties = models.JSONField(default=dict)
    traits = models.JSONField(default=dict)

    class Meta:
        app_label = "bench"
        constraints = [models.UniqueConstraint(fields=["source_id", "message_id"], name="naive_event_once")]


class Identifier(serializers.CharField):
    """As the product has it: text or a number, up to 200 characters, or nothing."""

    def __init__(self) -> None:
        super().__init__(max_length=200, required=False, allow_null=True, allow_blank=True)


class ContextSerializer(serializers.Serializer):
    groupId = Identifier()


class EventSerializer(serializers.Serializer):
    """The fields that the product reads."""

    type = serializers.ChoiceField(choices=["track", "identify", "group", "page", "screen", "alias"])
    messageId = Identifier()
    timestamp = serializers.DateTimeField(required=False, allow_null=True)
    originalTimestamp = serializers.DateTimeField(required=False, allow_null=True)
    sentAt = serializers.DateTimeField(required=False, allow_null=True)
    userId = Identifier()
    anonymousId = Identifier()
    groupId = Identifier()
    previousId = Identifier()
    event = Identifier()
    name = Identifier()
    properties = serializers.DictField(required=False, allow_null=True)
    traits = serializers.DictField(required=False, allow_null=True)
    context = ContextSerializer(required=False, allow_null=True)


class BatchSerializer(serializers.Serializer):
    sentAt = serializers.DateTimeField()
    batch = EventSerializer(many=True)


class NaiveBatch(APIView):
    """One batch, one transaction, one row per event; a batch with a bad event is refused whole."""

    action = None
    authentication_classes = ()
    permission_classes = ()
    parser_classes = (JSONParser,)

    def post(self, request: Request) -> Response:
        user = base64.b64decode(request.headers["Authorization"].partition(" ")[2]).decode().partition(":")[0]
        key = SourceKey.objects.get(digest=digest_of(user), revoked_at=None)
        batch = BatchSerializer(data=request.data)
        batch.is_valid(raise_exception=True)
        with transaction.atomic():
            NaiveEvent._default_manager.bulk_create(rows(batch.validated_data, key.source_id), ignore_conflicts=True)
        return Response({"success": True, "accepted": len(batch.validated_data["batch"])})


def rows(batch: dict[str, Any], source_id: int) -> list[NaiveEvent]:
    now = timezone.now()
    return [
        NaiveEvent(
            source_id=source_id,
            message_id=event["messageId"],
            type=event["type"],
            at=now - (batch["sentAt"] - event["timestamp"]),
            received_at=now,
            user_id=event.get("userId"),
            anonymous_id=event.get("anonymousId"),
            group_id=event.get("groupId") or event["context"].get("groupId"),
            name=event.get("event"),
            properties=event.get("properties", {}),
            traits=event.get("traits", {}),
        )
        for event in batch["batch"]
    ]

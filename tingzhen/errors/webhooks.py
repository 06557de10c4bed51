"""Webhooks and their deliveries."""

from tingzhen.errors.base import TingzhenError


class WebhookUnknown(TingzhenError):
    code = "webhook_unknown"


class WebhookInvalid(TingzhenError):
    code = "webhook_invalid"


class DeliveryUnknown(TingzhenError):
    code = "delivery_unknown"

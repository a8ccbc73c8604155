"""
Where vendors tell us things: `POST /webhooks/<vendor>`.
"""

from flask import Blueprint, Response, request

from application.webhooks.intake import ReceiveWebhook
from entrypoints.api.operations import Resolver


def blueprint(resolver: Resolver, public_url: str) -> Blueprint:
    """
    The one route.

    Args:
        public_url: Our address as vendors know it, which some of them sign.
    """
    routes = Blueprint("webhooks", __name__)

    @routes.post("/webhooks/<vendor>")
    def receive(vendor: str) -> Response:
        # The raw bytes, as signed; reading the form first would use them up.
        body = request.get_data(cache=True, parse_form_data=False)
        resolver.resolve(ReceiveWebhook)(
            vendor=vendor,
            headers=dict(request.headers),
            body=body,
            url=f"{public_url}{request.full_path.rstrip('?')}",
        )
        # Airwallex takes nothing but 200 for an answer.
        return Response("{}", status=200, content_type="application/json")

    return routes

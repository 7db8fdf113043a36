"""All addresses: our pages and API, and those of the libraries that guard themselves."""

from django.contrib import admin
from django.urls import include, path
from health_check.views import HealthCheckView

urlpatterns = [
    path("", include("dashboards.urls")),
    path("admin/", admin.site.urls),
    path("healthz", HealthCheckView.as_view(), name="healthz"),
]

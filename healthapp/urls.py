"""All addresses: our pages and API, and those of the libraries that guard themselves."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from health_check.views import HealthCheckView

# What a load balancer asks: does this process reach its database and its cache? Mail and disks are not its business.
healthz = HealthCheckView.as_view(checks=["health_check.checks.Database", "health_check.checks.Cache"])

urlpatterns = [
    path("", include("dashboards.urls")),
    path("admin/", admin.site.urls),
    path("healthz", login_not_required(healthz), name="healthz"),
]

"""All addresses: our pages and API, and those of the libraries that guard themselves."""

from allauth.account import views as login_views
from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from health_check.views import HealthCheckView

# What a load balancer asks: does this process reach its database and its cache? Mail and disks are not its business.
healthz = HealthCheckView.as_view(checks=["health_check.checks.Database", "health_check.checks.Cache"])

# Of allauth only what a closed house needs: nobody signs up, changes addresses or logs in by a mailed code.
login_pages = [
    path("login", login_views.login, name="account_login"),
    path("logout", login_views.logout, name="account_logout"),
    path("login/inactive", login_views.account_inactive, name="account_inactive"),
    path("password", login_views.password_reset, name="account_reset_password"),
    path("password/sent", login_views.password_reset_done, name="account_reset_password_done"),
    path(
        "password/new/<str:uidb36>-<str:key>",
        login_views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/changed", login_views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
]
# The back office has no login of its own: ours counts the tries.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", include("dashboards.urls")),
    *login_pages,
    path("admin/", admin.site.urls),
    path("healthz", login_not_required(healthz), name="healthz"),
]

"""The pages, by the addresses that the design gives them."""

from django.urls import URLPattern, URLResolver, path

from dashboards.pages import home

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("theme", home.set_theme, name="set-theme"),
]

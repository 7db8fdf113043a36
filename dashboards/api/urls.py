"""The addresses of version 1 of the API."""

from django.urls import path

from dashboards.api import views

urlpatterns = [
    path("accounts", views.AccountList.as_view(), name="api-accounts"),
    path("accounts/<int:pk>", views.AccountDetail.as_view(), name="api-account"),
    path("accounts/<int:pk>/score", views.AccountScore.as_view(), name="api-score"),
    path("accounts/<int:pk>/history", views.AccountScores.as_view(), name="api-history"),
    path("schema", views.Schema.as_view(), name="api-schema"),
]

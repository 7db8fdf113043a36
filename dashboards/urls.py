"""The pages, by the addresses that the design gives them."""

from django.urls import URLPattern, URLResolver, include, path

from dashboards.pages import (
    account,
    accounts,
    home,
    leaderboard,
    measures,
    measures_define,
    measures_page,
    measures_values,
    overview,
    plans,
    portfolio,
    reviews,
    sharing,
)
from dashboards.public import share

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("theme", home.set_theme, name="set-theme"),
    path("portfolio", portfolio.portfolio, name="portfolio"),
    path("accounts", accounts.accounts, name="accounts"),
    path("accounts.csv", accounts.accounts_csv, name="accounts-csv"),
    path("accounts/<int:pk>", account.account, name="account"),
    path("accounts/<int:pk>/share", sharing.create, name="share-create"),
    path("accounts/<int:pk>/share/<int:link>/revoke", sharing.revoke, name="share-revoke"),
    path("share/<str:token>", share.share, name="share"),
    path("api/v1/", include("dashboards.api.urls")),
    path("plans", plans.plans, name="plans"),
    path("plans.csv", plans.plans_csv, name="plans-csv"),
    path("reviews", reviews.reviews, name="reviews"),
    path("reviews/<int:pk>", reviews.review_plan, name="review-plan"),
    path("leaderboard", leaderboard.leaderboard, name="leaderboard"),
    path("leaderboard.csv", leaderboard.leaderboard_csv, name="leaderboard-csv"),
    path("measures", measures.measures, name="measures"),
    path("measures.csv", measures.measures_csv, name="measures-csv"),
    path("measures/new", measures_define.new_measure, name="measure-new"),
    path("measures/check", measures_define.check_formula, name="measure-check"),
    path("measures/custom/<slug:slug>", measures_page.measure, name="measure"),
    path("measures/custom/<slug:slug>/edit", measures_define.edit_measure, name="measure-edit"),
    path("measures/custom/<slug:slug>/retire", measures_page.retire, name="measure-retire"),
    path("measures/values/<slug:slug>", measures_values.measure_values, name="measure-values"),
    path("overview", overview.overview, name="overview"),
    path("overview.csv", overview.overview_csv, name="overview-csv"),
]

"""The addresses of the workbench, at the root of the site."""

from django.urls import path

from workbench.views import (
    device,
    me,
    member,
    memberedits,
    members,
    offer,
    results,
    sentoffers,
    signin,
    tasks,
    team,
    today,
)

app_name = "workbench"

urlpatterns = [
    path("", today.today, name="today"),
    path("login/", signin.sign_in, name="login"),
    path("logout/", signin.sign_out, name="logout"),
    path("t/<int:pk>/", tasks.task, name="task"),
    path("t/<int:pk>/done/", tasks.finish, name="task-done"),
    path("t/<int:pk>/later/", tasks.later, name="task-later"),
    path("t/<int:pk>/dismiss/", tasks.dismiss, name="task-dismiss"),
    path("t/<int:pk>/undo/", tasks.undo, name="task-undo"),
    path("m/", members.members, name="members"),
    path("m/tag/", members.tag_chosen, name="members-tag"),
    path("m/<int:pk>/", member.member, name="member"),
    path("m/<int:pk>/feed/", member.feed, name="member-feed"),
    path("m/<int:pk>/panels/", member.panels, name="member-panels"),
    path("m/<int:pk>/reveal/", memberedits.reveal, name="member-reveal"),
    path("m/<int:pk>/phone/", memberedits.phone, name="member-phone"),
    path("m/<int:pk>/tags/", memberedits.tags, name="member-tags"),
    path("m/<int:pk>/tags/<int:tag>/", memberedits.remove_tag, name="member-tag-remove"),
    path("m/<int:pk>/notes/", memberedits.note, name="member-notes"),
    path("m/<int:pk>/guide/", memberedits.reassign, name="member-reassign"),
    path("offer/", offer.offer, name="offer"),
    path("offer/preview/", offer.preview, name="offer-preview"),
    path("offers/", sentoffers.offers, name="offers"),
    path("offers/<int:pk>/undo/", offer.take_back, name="offer-undo"),
    path("offers/<int:pk>/recall/", offer.recall, name="offer-recall"),
    path("results/", results.results, name="results"),
    path("team/", team.team, name="team"),
    path("team/give/<str:give>/", team.handover, name="handover"),
    path("team/undo/<uuid:batch>/", team.undo, name="handover-undo"),
    path("me/", me.me, name="me"),
    path("me/password/", me.password, name="password"),
    path("theme/", me.theme, name="theme"),
    path("offline/", device.offline, name="offline"),
    path("worker.js", device.worker, name="service-worker"),
]

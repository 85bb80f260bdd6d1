"""What a new house begins with: scripts per reason and style, and a setting per reason. HQ edits both as data."""

from django.db import transaction

from campaigns.models import Reason, ReasonSetting, Script

ARRIVAL, CARE, SHORT = STYLES = ("到货", "关心", "简短")

SCRIPTS: dict[str, tuple[str, str, str]] = {
    Reason.COUPON_EXPIRING: (
        "{name}您好，我是{store}的{guide}。您常买的{usual}今天新到一批，您那张{coupon}，{until}就到期了，顺路用掉正好。",
        "{name}您好，我是{store}的{guide}。您有一张{coupon}还没用，{until}到期，怕您忘了来说一声。有什么想要的我先给您留着。",
        "{name}您好，您的{coupon}，{until}到期，到店直接用就行。{store}{guide}",
    ),
    Reason.GOLDEN_WINDOW: (
        "{name}您好，我是{store}的{guide}。上次您买的{usual}今天新到一批，更甜一点。给您放了一张{coupon}，{until}前下班路过直接用就行。",
        "{name}您好，我是{store}的{guide}。上次买的还合口味吗，哪样不好您直接告诉我。给您放了一张{coupon}，{until}前都能用。",
        "{name}您好，给您放了一张{coupon}，{until}前到店直接用。{store}{guide}",
    ),
    Reason.NTH_ORDER: (
        "{name}您好，我是{store}的{guide}。您常买的{usual}今天新到一批。给您放了一张{coupon}，{until}前路过可以用。",
        "{name}您好，我是{store}的{guide}。店里这两天有试吃，路过可以来尝尝，喜欢再带。给您放了一张{coupon}，{until}前有效。",
        "{name}您好，店里有试吃，路过来尝尝。{coupon}已放到您的券包，{until}前有效。{store}{guide}",
    ),
    Reason.BIRTHDAY: (
        "{name}您好，我是{store}的{guide}，先祝您生日快乐。{usual}今天新到一批，要礼盒我提前给您装好。生日礼是一张{coupon}，{until}前有效。",
        "{name}您好，我是{store}的{guide}，祝您生日快乐。给您备了一份生日礼：{coupon}，{until}前到店都能用。",
        "{name}您好，生日快乐。生日礼{coupon}已放到您的券包，{until}前有效。{store}{guide}",
    ),
    Reason.DECLINING: (
        "{name}您好，我是{store}的{guide}。您以前常买的{usual}到了新的一批，想起您来。给您留了一张{coupon}，{until}前路过可以用。",
        "{name}您好，我是{store}的{guide}。好一阵没见您来，是不是哪里没做好，您告诉我就行。给您留了一张{coupon}，{until}前都能用。",
        "{name}您好，好久不见。给您留了一张{coupon}，{until}前有效。{store}{guide}",
    ),
    Reason.JOURNEY: (
        "{name}您好，我是{store}的{guide}。您常买的{usual}今天新到一批，先给您留一份。{coupon}已放到您的券包，{until}前都能用。",
        "{name}您好，我是{store}的{guide}。上次买的还合口味吗，想吃什么我先给您留着。您那张{coupon}，{until}前都能用。",
        "{name}您好，{coupon}已放到您的券包，{until}前到店直接用。{store}{guide}",
    ),
    Reason.INVITATION: (
        "{name}您好，我是{store}的{guide}。会员日这天{usual}也有活动，想要的我先给您留着。{coupon}已放到您的券包，{until}前有效。",
        "{name}您好，我是{store}的{guide}。会员日请您来店里坐坐，有试吃。给您备了一张{coupon}，{until}前都能用。",
        "{name}您好，会员日见。{coupon}已放到您的券包，{until}前有效。{store}{guide}",
    ),
    Reason.RECOMMENDATION: (
        "{name}您好，我是{store}的{guide}。{product}今天到店，这一批很不错，想要的我先给您留一份。给您放了一张{coupon}，{until}前都能用。",
        "{name}您好，我是{store}的{guide}。您常买{usual}，想起您来：{product}到了，路过可以来尝尝。给您放了一张{coupon}，{until}前都能用。",
        "{name}您好，{product}到店了，要的话我给您留。给您放了一张{coupon}，{until}前有效。{store}{guide}",
    ),
    "": (
        "{name}您好，我是{store}的{guide}。{usual}今天新到一批，路过可以来看看。给您放了一张{coupon}，{until}前有效。",
        "{name}您好，我是{store}的{guide}。最近有什么想吃的，我先给您留着。给您放了一张{coupon}，{until}前都能用。",
        "{name}您好，给您放了一张{coupon}，{until}前到店直接用。{store}{guide}",
    ),
}


@transaction.atomic
def ensure_defaults() -> None:
    """Create the scripts and settings that are missing; what HQ has changed stays as it is."""
    have = set(Script.objects.values_list("reason", "style"))
    Script.objects.bulk_create(
        Script(reason=reason, style=style, text=text, position=position)
        for reason, texts in SCRIPTS.items()
        for position, (style, text) in enumerate(zip(STYLES, texts, strict=True))
        if (reason, style) not in have
    )
    ReasonSetting.objects.bulk_create([ReasonSetting(reason=reason) for reason in Reason], ignore_conflicts=True)

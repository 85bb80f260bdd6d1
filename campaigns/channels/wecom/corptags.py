"""The company's tags in WeCom: those of the same group and name as here, made where they are missing.

https://developer.work.weixin.qq.com/document/path/92117 (get_corp_tag_list, add_corp_tag). Raises NotTaken, Refused or
Unclear (campaigns.channels.calling); asking for the same tag twice finds it, since it is looked for first.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from campaigns.channels.wecom import client

Name = tuple[str, str]  # group, tag
LONGEST = 30


def ids_of(names: Iterable[Name]) -> dict[Name, str]:
    """Group and name -> the tag's id in WeCom, for all of them."""
    wanted = {(group[:LONGEST], tag[:LONGEST]): (group, tag) for group, tag in names}
    if not wanted:
        return {}
    known = _known(client.post("externalcontact/get_corp_tag_list", {}).get("tag_group"))
    for group, tag in sorted(wanted.keys() - known.keys()):
        made = client.post("externalcontact/add_corp_tag", {"group_name": group, "tag": [{"name": tag}]})
        known |= _known([made.get("tag_group")])
    return {wanted[name]: known[name] for name in wanted if name in known}


def _known(groups: Any) -> dict[Name, str]:
    rows = [group for group in groups if isinstance(group, Mapping)] if isinstance(groups, list) else []
    return {
        (str(group.get("group_name")), str(tag.get("name"))): str(tag.get("id"))
        for group in rows
        for tag in group.get("tag") or ()
        if isinstance(tag, Mapping) and tag.get("id") and not tag.get("deleted")
    }

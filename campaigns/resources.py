"""Import and export of small tables by file: scripts."""

from campaigns.models import Script
from stores.resources import SafeResource


class ScriptResource(SafeResource):
    """Scripts by number."""

    class Meta:
        model = Script
        fields = ("id", "reason", "style", "text", "position", "is_active")
        skip_unchanged = True
        clean_model_instances = True

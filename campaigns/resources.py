"""Import and export of small tables by file: scripts."""

from import_export import resources

from campaigns.models import Script


class ScriptResource(resources.ModelResource):
    """Scripts by number."""

    class Meta:
        model = Script
        fields = ("id", "reason", "style", "text", "position", "is_active")
        skip_unchanged = True
        clean_model_instances = True

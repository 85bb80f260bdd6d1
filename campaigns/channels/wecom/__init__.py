"""WeCom: messages that the member's guide confirms, and what we keep the same there as here (tags, remarks, guides)."""

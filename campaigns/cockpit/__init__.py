"""The cockpit: headquarters' first page. Heavy figures come from summaries of members.insight, never from orders."""

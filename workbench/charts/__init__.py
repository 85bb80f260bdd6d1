"""Charts as plain SVG, drawn on the server. Colours come from classes in charts.css, so one string serves light and
dark; every chart that carries meaning has role=img and a translated text equivalent."""

"""Charts drawn on the server as plain SVG and HTML. Colours come from classes in insight/insight.css, so that one
string serves light and dark; every chart that carries meaning has role=img and says in words what it shows."""

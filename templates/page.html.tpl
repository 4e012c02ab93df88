{{# A page by itself: no such page, a failure. nonce: of the page's Content-Security-Policy. }}
{{param str nonce}}
{{param str title}}
{{param str text}}
{{param str request_id}}
{{param str home}}
<!doctype html>
<html lang="{{lang}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{{title}}</title>
<style nonce="{{nonce}}">
:root { color-scheme: light dark; }
body { margin: 15vh auto 0; max-width: 34rem; padding: 0 1rem; font: 15px/1.6 system-ui, sans-serif; }
h1 { font-size: 20px; font-weight: 620; }
small { opacity: .7; }
</style>
</head>
<body>
<main>
<h1>{{title}}</h1>
<p>{{text}}</p>
{{if home}}
<p><a href="{{home}}">{{t page.home}}</a></p>
{{end}}
{{if request_id}}
<p><small>{{t page.failed.request id=request_id}}</small></p>
{{end}}
</main>
</body>
</html>

{{# The automatic letter that says: we have it. text: the inbox's own words, may be empty. }}
{{param str name}}
{{param str reference}}
{{param str text}}
{{param markup signature}}
<!doctype html>
<html lang="{{lang}}">
<head><meta charset="utf-8"></head>
<body style="font-family:sans-serif;font-size:15px;line-height:1.5;color:#1d1f23">
<p>{{if name}}{{t mail.ack.greeting name=name}}{{else}}{{t mail.ack.greeting_none}}{{end}}</p>
<p>{{t mail.ack.text reference=reference}}</p>
{{if text}}
<p>{{text|lines}}</p>
{{end}}
<p>{{t mail.ack.add}}</p>
{{if signature}}
<div style="margin-top:16px">{{signature}}</div>
{{end}}
</body>
</html>

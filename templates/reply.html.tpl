{{# An answer to a customer. quote: what was said before, with its heads; may be empty. }}
{{param bool marker}}
{{param markup body}}
{{param markup signature}}
{{param str reference}}
{{param markup quote}}
<!doctype html>
<html lang="{{lang}}">
<head><meta charset="utf-8"></head>
<body style="font-family:sans-serif;font-size:15px;line-height:1.5;color:#1d1f23">
{{if marker}}
<div style="color:#6b6f76;font-size:12px">— {{t mail.reply.above}} —</div>
{{end}}
<div>{{body}}</div>
{{if signature}}
<div style="margin-top:16px">{{signature}}</div>
{{end}}
{{if reference}}
<div style="margin-top:16px;color:#6b6f76;font-size:12px">{{t mail.reply.reference reference=reference}}</div>
{{end}}
{{if quote}}
{{quote}}
{{end}}
</body>
</html>

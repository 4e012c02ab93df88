{{# An answer to a customer. quote: the cleaned message that is answered, may be empty. }}
{{param bool marker}}
{{param markup body}}
{{param markup signature}}
{{param str reference}}
{{param markup quote}}
{{param str quote_date}}
{{param str quote_name}}
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
<div style="margin-top:16px">{{t mail.reply.quote date=quote_date name=quote_name}}</div>
<blockquote type="cite" style="margin:0;padding-left:12px;border-left:2px solid #d5d7db">{{quote}}</blockquote>
{{end}}
</body>
</html>

{{param str name}}
{{param str url}}
{{param str expires}}
<!doctype html>
<html lang="{{lang}}">
<head><meta charset="utf-8"></head>
<body style="font-family:sans-serif;font-size:15px;line-height:1.5;color:#1d1f23">
<p>{{if name}}{{t mail.ack.greeting name=name}}{{else}}{{t mail.ack.greeting_none}}{{end}}</p>
<p>{{t mail.password.text}}</p>
<p><a href="{{url}}" rel="noreferrer" style="display:inline-block;padding:8px 16px;border-radius:6px;background:#2f56c6;color:#fff;text-decoration:none">{{t mail.password.button}}</a></p>
{{include link url=url expires=expires}}
<p>{{t mail.password.ignore}}</p>
</body>
</html>

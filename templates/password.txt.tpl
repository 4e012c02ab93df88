{{param str name}}
{{param str url}}
{{param str expires}}
{{if name}}{{t mail.ack.greeting name=name}}{{else}}{{t mail.ack.greeting_none}}{{end}}

{{t mail.password.text}}

{{t mail.password.button}}:
{{url}}

{{t mail.link.expires date=expires}}

{{t mail.password.ignore}}

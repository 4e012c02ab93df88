{{param str name}}
{{param str inviter}}
{{param str company}}
{{param str url}}
{{param str expires}}
{{if name}}{{t mail.ack.greeting name=name}}{{else}}{{t mail.ack.greeting_none}}{{end}}

{{t mail.invite.text inviter=inviter company=company}}

{{t mail.invite.button}}:
{{url}}

{{t mail.link.expires date=expires}}

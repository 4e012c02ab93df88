{{param str name}}
{{param str reference}}
{{param str text}}
{{param str signature}}
{{if name}}{{t mail.ack.greeting name=name}}{{else}}{{t mail.ack.greeting_none}}{{end}}

{{t mail.ack.text reference=reference}}
{{if text}}

{{text}}
{{end}}

{{t mail.ack.add}}
{{if signature}}

-- 
{{signature}}
{{end}}

{{param str subject}}
{{if subject}}
{{t mail.ack.subject subject=subject}}{{else}}
{{t mail.ack.subject_none}}{{end}}

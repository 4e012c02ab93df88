{{# quote: its lines already begin with "> ". }}
{{param bool marker}}
{{param str body}}
{{param str signature}}
{{param str reference}}
{{param str quote}}
{{param str quote_date}}
{{param str quote_name}}
{{if marker}}
— {{t mail.reply.above}} —

{{end}}
{{body}}
{{if signature}}

-- 
{{signature}}
{{end}}
{{if reference}}

{{t mail.reply.reference reference=reference}}
{{end}}
{{if quote}}

{{t mail.reply.quote date=quote_date name=quote_name}}
{{quote}}
{{end}}

{{# quote: what was said before, with its heads; its lines already begin with "> ". }}
{{param bool marker}}
{{param str body}}
{{param str signature}}
{{param str reference}}
{{param str quote}}
{{if marker}}
— {{t mail.reply.above}} —

{{end}}
{{body}}
{{if signature}}

-- 
{{signature}}
{{end}}
{{if reference}}
{{if signature}}

{{else}}

-- 
{{end}}
{{t mail.reply.reference reference=reference}}
{{end}}
{{if quote}}

{{quote}}
{{end}}

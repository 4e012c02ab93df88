{{param str company}}
{{t mail.password.subject company=company}}

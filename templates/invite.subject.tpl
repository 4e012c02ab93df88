{{param str inviter}}
{{param str company}}
{{t mail.invite.subject inviter=inviter company=company}}

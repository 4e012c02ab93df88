{{# The end of a letter with one link that works once: the button is written by the caller. }}
{{param str url}}
{{param str expires}}
<p style="color:#6b6f76;font-size:13px">{{t mail.link.expires date=expires}} {{t mail.link.plain}}<br>
<a href="{{url}}" rel="noreferrer">{{url}}</a></p>

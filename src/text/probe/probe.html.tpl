{{# For the tests: one value in every place that templates allow. }}
{{param str v}}
{{param markup m}}
{{param int n}}
{{param bool b}}
{{param list rows: str name, markup cell}}
<p title="{{v}}" data-x='{{v}}'>{{v}}</p>
<pre>{{v|lines}}</pre>
<a href="{{v}}">1</a>
<a href="/find?q={{v}}&amp;n={{n}}">2</a>
<div>{{m}}</div>
{{if b}}
<b>{{lang}}</b>
{{else}}
<i>{{t mail.reply.reference reference=v}}</i>
{{end}}
{{each row in rows}}
<li title="{{row.name}}">{{row.cell}}</li>
{{end}}
{{if not rows}}
<em>none</em>
{{end}}
{{include probe_inner v=v}}

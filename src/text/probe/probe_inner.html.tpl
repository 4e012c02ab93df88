{{param str v}}
<q>{{v}}</q>

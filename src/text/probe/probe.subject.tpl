{{param str v}}
Re: {{v}}

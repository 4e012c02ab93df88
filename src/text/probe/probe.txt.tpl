{{param str v}}
{{if v}}
  {{v}}
{{end}}
end

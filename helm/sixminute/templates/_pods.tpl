{{/* What all pods have in common. */}}

{{/* Takes the ids of user and group; null leaves them to the cluster. */}}
{{- define "sixminute.podSecurity" -}}
runAsNonRoot: true
{{- if not (kindIs "invalid" .uid) }}
runAsUser: {{ toJson .uid }}
{{- end }}
{{- if not (kindIs "invalid" .gid) }}
runAsGroup: {{ toJson .gid }}
fsGroup: {{ toJson .gid }}
fsGroupChangePolicy: OnRootMismatch
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "sixminute.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/*
Links to services are off: Kubernetes would set variables such as SIXMINUTE_API_PORT=tcp://…, which the program, and
Kafka for its own, would take for settings.
*/}}
{{- define "sixminute.podBasics" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{/* Where pods may run. Takes root and component, the component's values; selector, for what spreads them. */}}
{{- define "sixminute.placement" -}}
{{- $defaults := .root.Values.defaults -}}
{{- with default $defaults.nodeSelector .component.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with default $defaults.tolerations .component.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with default $defaults.affinity .component.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with default $defaults.topologySpreadConstraints .component.topologySpreadConstraints }}
topologySpreadConstraints:
{{- range . }}
  {{- $whole := merge (dict "labelSelector" (dict "matchLabels" (fromYaml $.selector))) . }}
  - {{ ternary . $whole (hasKey . "labelSelector") | toYaml | nindent 4 | trim }}
{{- end }}
{{- end }}
{{- with default $defaults.priorityClassName .component.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{- define "sixminute.probe" -}}
httpGet:
  path: {{ .path }}
  port: http
  httpHeaders:
    - name: Host
      value: localhost
{{ toYaml .timing }}
{{- end }}

{{/*
A pod of the program. Takes root; name, the component; component, its values; args; base, the beginning of the names of
its ConfigMaps and Secret; account, its ServiceAccount; and once, for work that ends: no port, no probes.
*/}}
{{- define "sixminute.pod" -}}
{{- $root := .root -}}
{{- $selector := include "sixminute.selector" (dict "root" $root "component" .name) -}}
metadata:
  labels: {{- include "sixminute.podLabels" (dict "root" $root "component" .name) | nindent 4 }}
  annotations:
    checksum/config: {{ printf "%s\n%s" (include "sixminute.environment" $root) (include "sixminute.toml" $root) | sha256sum }}
    checksum/secret: {{ include "sixminute.secret" $root | sha256sum }}
    {{- with merge (dict) .component.podAnnotations $root.Values.defaults.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ .account }}
  {{- include "sixminute.podBasics" $root | nindent 2 }}
  securityContext: {{- include "sixminute.podSecurity" $root.Values.securityContext | nindent 4 }}
  {{- with include "sixminute.placement" (dict "root" $root "component" .component "selector" $selector) | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- if .once }}
  restartPolicy: Never
  {{- end }}
  {{- with .component.terminationGracePeriodSeconds }}
  terminationGracePeriodSeconds: {{ toJson . }}
  {{- end }}
  containers:
    - name: sixminute
      image: {{ include "sixminute.image" $root | quote }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: {{ toJson .args }}
      securityContext: {{- include "sixminute.containerSecurity" $root | nindent 8 }}
      envFrom:
        - configMapRef:
            name: {{ .base }}-environment
        {{- with $root.Values.credentials.existingSecret }}
        - secretRef:
            name: {{ . }}
        {{- end }}
      env: {{- include "sixminute.secretVariables" . | nindent 8 }}
        {{- with .component.threads }}
        - name: SIXMINUTE_THREADS
          value: {{ toJson . | quote }}
        {{- end }}
        {{- with concat $root.Values.defaults.extraEnv .component.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- if not .once }}
      ports:
        - name: http
          containerPort: {{ toJson $root.Values.settings.port }}
      {{- with $root.Values.probes }}
      startupProbe: {{- include "sixminute.probe" (dict "path" "/healthz" "timing" .startup) | nindent 8 }}
      livenessProbe: {{- include "sixminute.probe" (dict "path" "/healthz" "timing" .liveness) | nindent 8 }}
      readinessProbe: {{- include "sixminute.probe" (dict "path" "/readyz" "timing" .readiness) | nindent 8 }}
      {{- end }}
      {{- end }}
      {{- if eq .name "api" }}
      lifecycle:
        preStop:
          sleep: {seconds: 5} # until no more requests are sent here
      {{- end }}
      resources: {{- toYaml .component.resources | nindent 8 }}
      volumeMounts: {{- include "sixminute.volumeMounts" . | nindent 8 }}
        {{- with .component.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes: {{- include "sixminute.volumes" . | nindent 4 }}
    {{- with .component.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}

{{- define "sixminute.secretVariables" -}}
{{- $database := fromYaml (include "sixminute.database.secret" .) -}}
{{- $kafka := fromYaml (include "sixminute.kafka.secret" .) -}}
- name: SIXMINUTE_DATABASE_URL
  valueFrom:
    secretKeyRef: {name: {{ $database.name }}, key: {{ $database.key }}}
{{- if include "sixminute.kafka.sasl" .root }}
- name: SIXMINUTE_KAFKA_USERNAME
  valueFrom:
    secretKeyRef: {name: {{ $kafka.name }}, key: {{ $kafka.usernameKey }}}
- name: SIXMINUTE_KAFKA_PASSWORD
  valueFrom:
    secretKeyRef: {name: {{ $kafka.name }}, key: {{ $kafka.passwordKey }}}
{{- end }}
{{- end }}

{{- define "sixminute.volumeMounts" -}}
- name: config
  mountPath: /etc/sixminute/config
  readOnly: true
- name: data
  mountPath: /var/lib/sixminute
- name: temporary
  mountPath: /tmp
{{- range $of := list "kafka" "database" }}
{{- if include (printf "sixminute.%s.ca" $of) $ }}
- name: {{ $of }}-ca
  mountPath: /etc/sixminute/{{ $of }}-ca
  readOnly: true
{{- end }}
{{- end }}
{{- end }}

{{- define "sixminute.volumes" -}}
- name: config
  configMap:
    name: {{ .base }}-config
- name: data
  emptyDir: {}
- name: temporary
  emptyDir: {}
{{- range $of := list "kafka" "database" }}
{{- with include (printf "sixminute.%s.ca" $of) $ | fromYaml }}
{{- if .name }}
- name: {{ $of }}-ca
  secret:
    secretName: {{ .name }}
    items:
      - {key: {{ .key }}, path: ca.crt}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

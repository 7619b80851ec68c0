{{- define "midstate.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "midstate.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "midstate.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "midstate.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "midstate.selectorLabels" -}}
app.kubernetes.io/name: {{ include "midstate.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "midstate.labels" -}}
{{ include "midstate.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "midstate.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "midstate.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "midstate.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* First part of every task queue's name, as src/core/memory-classes.ts has it. */}}
{{- define "midstate.taskQueuePrefix" -}}
{{- default "midstate" .Values.settings.MIDSTATE_TASK_QUEUE_PREFIX -}}
{{- end -}}

{{/* A class's resources: its memory, and MB/1769 of a CPU, rounded to a thousandth. */}}
{{- define "midstate.classResources" -}}
{{- $cpu := printf "%.0fm" (round (divf (mulf (float64 .) 1000) 1769) 0) -}}
requests: { cpu: {{ $cpu }}, memory: {{ . }}Mi }
limits: { cpu: {{ $cpu }}, memory: {{ . }}Mi }
{{- end -}}

{{/*
A Deployment. Takes root, component (its name's last part), args (a list), resources (YAML), and replicas (not set where
an autoscaler sets them).
*/}}
{{- define "midstate.deployment" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "midstate.fullname" $root }}-{{ .component }}
  labels:
    {{- include "midstate.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
spec:
  {{- if hasKey . "replicas" }}
  replicas: {{ .replicas }}
  {{- end }}
  strategy:
    rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }
  selector:
    matchLabels:
      {{- include "midstate.selectorLabels" $root | nindent 6 }}
      app.kubernetes.io/component: {{ .component }}
  template:
    metadata:
      labels:
        {{- with $values.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        {{- include "midstate.labels" $root | nindent 8 }}
        app.kubernetes.io/component: {{ .component }}
      annotations:
        checksum/settings: {{ include (print $root.Template.BasePath "/configmap.yaml") $root | sha256sum }}
        {{- with $values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      {{- include "midstate.podSpec" $root | nindent 6 }}
      terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
      containers:
        - name: midstate
          {{- include "midstate.container" $root | nindent 10 }}
          args: {{ toJson .args }}
          ports:
            - { name: metrics, containerPort: {{ $values.metrics.port }} }
          # In the smallest class a start takes tens of seconds of its share of a CPU.
          startupProbe:
            httpGet: { path: /healthz, port: metrics }
            periodSeconds: 5
            timeoutSeconds: 5
            failureThreshold: 36
          livenessProbe:
            httpGet: { path: /healthz, port: metrics }
            periodSeconds: 20
            timeoutSeconds: 10
            failureThreshold: 6
          readinessProbe:
            httpGet: { path: /readyz, port: metrics }
            periodSeconds: 10
            timeoutSeconds: 10
          resources:
            {{- .resources | nindent 12 }}
{{- end -}}

{{/* What every pod has besides its container. */}}
{{- define "midstate.podSpec" -}}
serviceAccountName: {{ include "midstate.serviceAccountName" . }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.temporal.tls.clientCertificateSecret }}
volumes:
  - name: temporal-certificate
    secret: { secretName: {{ . }}, defaultMode: 288 }
{{- end }}
{{- end -}}

{{/* What every container has: image, limits of what it may do, environment. */}}
{{- define "midstate.container" -}}
image: {{ include "midstate.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  readOnlyRootFilesystem: true
  allowPrivilegeEscalation: false
  capabilities: { drop: [ALL] }
envFrom:
  - configMapRef: { name: {{ include "midstate.fullname" . }} }
  {{- with .Values.aws.credentialsSecret }}
  - secretRef: { name: {{ . }} }
  {{- end }}
{{- with .Values.temporal.apiKeySecret }}
{{- if .name }}
env:
  - name: TEMPORAL_API_KEY
    valueFrom:
      secretKeyRef: { name: {{ .name }}, key: {{ .key }} }
{{- end }}
{{- end }}
{{- if .Values.temporal.tls.clientCertificateSecret }}
volumeMounts:
  - { name: temporal-certificate, mountPath: /etc/midstate/temporal, readOnly: true }
{{- end }}
{{- end -}}

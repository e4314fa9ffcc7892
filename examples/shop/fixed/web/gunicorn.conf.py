bind = "0.0.0.0:8080"
workers = 2
# A tmpfs of this container, which nobody else sees.
worker_tmp_dir = "/tmp"  # nosec B108
control_socket_disable = True
accesslog = "-"
errorlog = "-"
limit_request_line = 2048

bind = "0.0.0.0:8080"
workers = 2
worker_tmp_dir = "/tmp"  # nosec B108: a tmpfs of this container
control_socket_disable = True
accesslog = "-"
errorlog = "-"
limit_request_line = 2048

# The chart script, from npm as package-lock.json names it.
FROM node:22-slim AS charts
WORKDIR /charts
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    VAR_DIR=/var/lib/healthapp STATIC_ROOT=/app/collected
RUN useradd --uid 10001 --create-home healthapp && install -d -o healthapp -g healthapp /var/lib/healthapp
WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY . .
COPY --from=charts /charts/node_modules/plotly.js-basic-dist-min/plotly-basic.min.js /tmp/build/frontend/plotly.min.js
# The key signs nothing and ends with this line: collectstatic only wants the settings of production.
RUN export VAR_DIR=/tmp/build PRODUCTION=yes ALLOWED_HOSTS=build SECRET_KEY=$(python -c 'import secrets; print(secrets.token_hex(32))') \
    && python manage.py collectstatic --noinput --verbosity 0 && rm -rf /tmp/build
USER healthapp
VOLUME /var/lib/healthapp
EXPOSE 8000
CMD ["gunicorn", "healthapp.wsgi", "--bind", "0.0.0.0:8000", "--threads", "4", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]

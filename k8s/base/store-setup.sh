#!/bin/sh
# Creates the bucket, and the user of the services, who may use this bucket and nothing else. May run again at any time.
# Variables: STORE_ENDPOINT, MINIO_ROOT_USER and MINIO_ROOT_PASSWORD of the server,
# MILLRACE_STORE_ACCESS_KEY and MILLRACE_STORE_SECRET_KEY of the services, MILLRACE_STORE_BUCKET.
set -eu
bucket=${MILLRACE_STORE_BUCKET:-millrace}
work=$(mktemp -d)
export MC_CONFIG_DIR=$work
trap 'rm -rf "$work"' EXIT

until mc alias set store "$STORE_ENDPOINT" "$MINIO_ROOT_USER" "$MINIO_ROOT_PASSWORD"; do sleep 1; done
mc mb --ignore-existing "store/$bucket"
cat >"$work/policy.json" <<POLICY
{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
     "Resource": ["arn:aws:s3:::$bucket"]},
    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload",
     "s3:ListMultipartUploadParts"],
     "Resource": ["arn:aws:s3:::$bucket/*"]}
  ]
}
POLICY
mc admin policy create store millrace-services "$work/policy.json"
mc admin user add store "$MILLRACE_STORE_ACCESS_KEY" "$MILLRACE_STORE_SECRET_KEY"
case "$(mc admin policy entities store --user "$MILLRACE_STORE_ACCESS_KEY")" in
    *millrace-services*) ;;
    *) mc admin policy attach store millrace-services --user "$MILLRACE_STORE_ACCESS_KEY" ;;
esac

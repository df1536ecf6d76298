"""Pictures of products in the widths that pages show them in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision: str | None = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The version before never reads the table; pictures of before get their widths from the running server."""
    op.create_table(
        "picture_sizes",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["sha256"], ["pictures.sha256"], name=op.f("fk_picture_sizes_sha256_pictures")),
        sa.PrimaryKeyConstraint("sha256", "width", name=op.f("pk_picture_sizes")),
    )

"""The report page: a run as one HTML file with pictures and tables, to be opened without a network.

`columns`, `thinning`, `summary` and `data` turn a recording into what the page is filled with, `bundle` puts
the page together from the files under `assets`.
"""

from eptrans.page.bundle import report_page, write_report

__all__ = ["report_page", "write_report"]

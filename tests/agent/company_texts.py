"""Two small documents for the tests of the agent."""

HANDBOOK = """# Staff handbook

## Leave

Full-time staff get 25 days of paid leave a year. Part-time staff get 15 days of paid leave a year.

Leave requests are approved by the team lead within three working days.

## Remote work

Everyone may work from home on two days a week. The office in Manchester closes at 6 pm.
"""
SO_TAY = """# Sổ tay nhân viên

## Nghỉ phép

Nhân viên chính thức được nghỉ phép 14 ngày mỗi năm. Nhân viên thử việc được nghỉ 1 ngày mỗi tháng.

## Ngày lễ

Công ty nghỉ 11 ngày lễ mỗi năm, vẫn hưởng nguyên lương.
"""

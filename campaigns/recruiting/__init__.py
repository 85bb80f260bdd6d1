"""Recruiting: channel codes, the sign-up page behind them, and members who invite friends."""

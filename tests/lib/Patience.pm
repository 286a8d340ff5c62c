# Patience: how long something may take that must be quick. What a test asserts of times holds on a
# machine that does nothing else; one that has other work is slower by about as much as it has more
# processes that want to run than processors.
#
#   cmp_ok($took, '<', patience(1), 'at once');
package Patience;

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT = qw(patience);

sub read_file
{
	my ($path) = @_;
	open my $file, '<', $path or return '';
	local $/;
	return readline($file) // '';
}

sub patience
{
	my ($seconds) = @_;
	my $processors = (() = read_file('/proc/stat') =~ /^cpu\d/mg) || 1;
	my ($load) = read_file('/proc/loadavg') =~ /^([\d.]+)/;
	my $times = ($load // 0) / $processors;

	return $seconds * ($times > 1 ? 4 * $times : 1);
}

1;

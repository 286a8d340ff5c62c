# LedgerFile: what stands in the file of `load --ledger`, and whether the table agrees with it.
package LedgerFile;

use strict;
use warnings;

use JSON::PP ();
use Test::More;

use LocalStack;

# The runs of a file: { head, sent => { number => line }, ended => { number => line } }; lines that
# are cut are only counted.
sub runs
{
	my ($path) = @_;
	my ($json, $cut, @runs) = (JSON::PP->new, 0);
	for (split /\n/, LocalStack::slurp($path))
	{
		my $line = eval { $json->decode($_) };
		if (!defined $line) { $cut++ }
		elsif (exists $line->{format})
		{
			push @runs, { head => $line, sent => {}, ended => {} };
		}
		elsif (exists $line->{outcome}) { $runs[-1]{ended}{ $line->{w} } = $line }
		else { $runs[-1]{sent}{ $line->{w} } = $line }
	}
	$runs[-1]{cut} = $cut if @runs;
	return @runs;
}

sub last_run
{
	my ($path) = @_;
	return (runs($path))[-1] // { sent => {}, ended => {} };
}

# How many writes ended so.
sub count
{
	my ($run, $outcome) = @_;
	return scalar grep { $_->{outcome} eq $outcome } values %{ $run->{ended} };
}

# Numbers of the run's writes that are in the table of that node: { number => how often }.
sub in_table
{
	my ($stack, $node, $run) = @_;
	my $notes = $stack->sql($node,
		"SELECT note FROM pgwatch_tui.test_replication WHERE note LIKE 'load $run->{head}{run} %'");
	die "$node: $stack->{error}" if !defined $notes;
	my %found;
	$found{ (split / /)[2] }++ for split /\n/, $notes;
	return \%found;
}

# Every row and every line is accounted for, one by one.
sub agrees
{
	my ($stack, $node, $run, $what) = @_;
	my $found = in_table($stack, $node, $run);
	my %missing = map { $_ => [] } qw(acknowledged acknowledged_locally);
	my (@twice, @unsent, @failed_there, %unknown);

	for my $number (sort { $a <=> $b } keys %{ $run->{sent} })
	{
		my $outcome = exists $run->{ended}{$number} ? $run->{ended}{$number}{outcome} : 'unknown';
		push @{ $missing{$outcome} }, $number if $missing{$outcome} && !$found->{$number};
		push @failed_there, $number if $outcome eq 'failed' && $found->{$number};
		$unknown{ $found->{$number} ? 'present' : 'absent' }++ if $outcome eq 'unknown';
	}
	for my $number (keys %$found)
	{
		push @twice, $number if $found->{$number} > 1;
		push @unsent, $number if !$run->{sent}{$number};
	}
	is_deeply($missing{acknowledged}, [], "$what: what was acknowledged is there");
	is_deeply($missing{acknowledged_locally}, [], '... and what was acknowledged locally')
	  if count($run, 'acknowledged_locally');
	is_deeply(\@failed_there, [], '... what failed is not');
	is_deeply(\@unsent, [], '... nothing is there that the ledger does not know');
	is_deeply(\@twice, [], '... nothing twice');
	is(scalar keys %$found,
		count($run, 'acknowledged') + count($run, 'acknowledged_locally') + ($unknown{present} // 0),
		'... rows = acknowledged + locally + unknown that arrived ('
		  . scalar(keys %$found) . ' = '
		  . count($run, 'acknowledged') . ' + '
		  . count($run, 'acknowledged_locally') . ' + '
		  . ($unknown{present} // 0) . ')');
	return \%unknown;
}

1;
